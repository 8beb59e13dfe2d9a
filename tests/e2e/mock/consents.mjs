// Consents of the mock: what docs/api says, in memory. The sample's people have granted the first three.
const TYPES = ['recording', 'data_processing', 'data_storage', 'external_processing'];
const DAY = 86_400_000;

function shown(type, history) {
  const [last] = history;
  const left = last?.granted && last.expires_at ? Date.parse(last.expires_at) - Date.now() : Infinity;
  const state = !last ? 'never_given' : !last.granted ? 'withdrawn' : left <= 0 ? 'expired' : 'granted';
  const days = Number.isFinite(left) && left > 0 ? Math.ceil(left / DAY) : null;
  const notice = state === 'expired' ? 'expired' : days === null || days > 30 ? null : days > 7 ? '30_days' : days > 1 ? '7_days' : '1_day';
  return { type, state, granted: state === 'granted', since: last?.at ?? null, expires_at: last?.expires_at ?? null, expires_in_days: days, notice, history };
}

export function makeConsents({ json, sessionOf, bodyOf, Refusal }) {
  const said = new Map(); // user id → { type: events, newest first }
  const of = (user) => {
    if (!said.has(user.id)) consents.register(user, TYPES.slice(0, 3));
    return said.get(user.id);
  };
  const say = (user, type, granted, expiresAt, source) => {
    if (!TYPES.includes(type)) throw new Refusal(404, 'not_found', 'Not found');
    said.get(user.id)[type].unshift({ granted, at: new Date().toISOString(), expires_at: expiresAt, policy_version: 1, source, by_oneself: true });
  };
  const consents = {
    register(user, types) {
      said.set(user.id, Object.fromEntries(TYPES.map((type) => [type, []])));
      for (const type of types) say(user, type, true, null, 'registration');
    },
    require(user, ...types) {
      const missing = types.filter((type) => !shown(type, of(user)[type]).granted);
      if (missing.length > 0) throw new Refusal(403, 'consent_required', 'This needs a consent that is not given', { consent_required: missing });
    },
    routes: [
      ['GET', '/consents', (req, res) => {
        const { user } = sessionOf(req);
        json(res, 200, { policy_version: 1, consents: TYPES.map((type) => shown(type, of(user)[type])) });
      }],
      ['POST', '/consents/:id', async (req, res, [type]) => {
        const { user } = sessionOf(req);
        of(user);
        say(user, type, true, JSON.parse((await bodyOf(req)).toString('utf8') || '{}').expires_at ?? null, 'self');
        json(res, 201, shown(type, of(user)[type]));
      }],
      ['POST', '/consents/:id/withdraw', (req, res, [type]) => {
        const { user } = sessionOf(req);
        if (of(user)[type]?.[0]?.granted !== false) say(user, type, false, null, 'self');
        res.writeHead(204).end();
      }],
    ],
  };
  return consents;
}
