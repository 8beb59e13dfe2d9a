// The clinic's own medicines: who may edit the list, what may stand in it, and what it changes in a draft (a question less, a name beside).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as media from './lib/media.mjs';
import { schemaProblems } from './lib/schema.mjs';
import { engines, isProblem, startServer } from './lib/server.mjs';

const AT = '/api/v1/admin/medicines';
const page = (name) => media.renderPage(`page-${name}.png`, `Dr. A. Example, Sample Clinic\n\nPatient: Pat Sample\n\nRx\n1. Tab ${name} 500 mg BD x 5 days\n2. Tab Paracetamol 500 mg BD x 5 days\n`);

for (const engine of engines) {
  describe(`medicines on ${engine}`, () => {
    let server, api, admin, patient, doctor;
    before(async () => {
      server = await startServer(engine);
      api = (await server.get('/api/v1/openapi.json')).body;
      admin = await server.admin('list.keeper');
      patient = await server.patient('list.patient');
      doctor = await server.doctor('list.doctor');
    });
    after(() => server.stop());

    const add = (names, who = admin) => server.post(AT, { names }, who.token);
    const remove = (id, who = admin) => server.call('DELETE', `${AT}/${id}`, { token: who.token });
    async function list(query = '') {
      const answer = await server.get(`${AT}${query}`, admin.token);
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(schemaProblems(answer.body, { $ref: '#/components/schemas/medicines' }, api), []);
      return answer.body;
    }
    async function medicineLine(name, question) {
      const sent = await server.uploadFile('/submit_prescription', patient.token, page(name), 'image/png');
      assert.equal(sent.status, 201, sent.text);
      await server.settled(sent.body.id, doctor.token);
      const { evidence, patient_instructions } = (await server.get(`/api/v1/submissions/${sent.body.id}`, doctor.token)).body;
      const line = evidence.draft.lines.find((one) => one.medicine?.name === name);
      assert.ok(line, JSON.stringify(evidence.draft.lines));
      assert.match(line.text, new RegExp(name), 'the name stands as it was read');
      assert.match(patient_instructions, new RegExp(name));
      assert.equal(line.question === null, question === null, line.question);
      if (question !== null) assert.match(line.question, question);
      return line;
    }

    test('only administrators see and change the list', async () => {
      const others = { patient, doctor, pending: await server.pendingDoctor(), auditor: await server.hostUser('auditor'), readonly: await server.hostUser('readonly') };
      for (const [role, who] of Object.entries(others)) {
        for (const answer of [await server.get(AT, who.token), await add('Sneakinol', who), await remove(patient.id, who)])
          isProblem(answer, 403, role === 'pending' ? 'role_pending' : 'forbidden');
      }
      isProblem(await server.get(AT), 401, 'token_invalid');
      isProblem(await server.post(AT, { names: 'Sneakinol' }), 401, 'token_invalid');
      assert.equal((await list()).total, 0);
    });

    test('one name, many names, the same again: each once, in the order given, with the note behind a tab', async () => {
      const one = await add('  Crocin   Advance\tparacetamol ');
      assert.equal(one.status, 201, one.text);
      assert.deepEqual(schemaProblems(one.body, { $ref: '#/components/schemas/medicines_added' }, api), []);
      assert.deepEqual(one.body, { added: 1, already_there: 0, total: 1 });
      isProblem(await add('crocin advance'), 409, 'medicine_exists');
      const many = await add('Telma H\n\nCROCIN ADVANCE\nDytor 10\n  \nTelma h\nपैरासिटामोल');
      assert.deepEqual(many.body, { added: 3, already_there: 2, total: 4 });
      const { results } = await list();
      assert.deepEqual(results.map((one) => [one.name, one.note]), [['Telma H', ''], ['Dytor 10', ''], ['पैरासिटामोल', ''], ['Crocin   Advance', 'paracetamol']]);
      assert.ok(results.every((one) => one.added_by === admin.id || /^[0-9a-f-]{36}$/.test(one.added_by)));
    });

    test('search finds parts of names, wild cards are letters; pages go on; removing works once', async () => {
      await add('50% Dextrose\nA_B Plus');
      assert.deepEqual((await list('?search=TELMA')).results.map((one) => one.name), ['Telma H']);
      assert.deepEqual((await list('?search=%25')).results.map((one) => one.name), ['50% Dextrose']);
      assert.deepEqual((await list('?search=_')).results.map((one) => one.name), ['A_B Plus']);
      assert.deepEqual((await list('?search=!')).results, []);
      assert.deepEqual((await list("?search='%20OR%201=1--")).results, []);
      const names = [];
      for (let next = ''; next !== null;) {
        const part = await list(`?limit=2${next && `&cursor=${next}`}`);
        names.push(...part.results.map((one) => one.name));
        next = part.next_cursor;
      }
      assert.equal(names.length, 6);
      assert.equal(new Set(names).size, 6);
      const [dytor] = (await list('?search=dytor')).results;
      assert.equal((await remove(dytor.id)).status, 204);
      isProblem(await remove(dytor.id), 404, 'not_found');
      isProblem(await remove(admin.id), 404, 'not_found');
      assert.equal((await list()).total, 5);
      const log = (await server.get('/api/v1/admin/audit?action=medicines.remove', admin.token)).body.results;
      assert.equal(log.filter((row) => row.success).length, 1);
      assert.equal((await server.get('/api/v1/admin/audit?action=medicines.add', admin.token)).body.results.length, 3);
    });

    test('hostile names are refused by name of the field, and nothing of their list is kept', async () => {
      const { total } = await list();
      for (const [names, code] of [['x'.repeat(10_000), 'too_long'], ['x'.repeat(101), 'too_long'], ['Good\tn'.padEnd(300, 'n'), 'too_long'], [`${'ब'.repeat(40)}`, 'too_long'],
        ['=HYPERLINK("http://x.example")', 'bad_value'], ['@SUM(A1)', 'bad_value'], ['+1', 'bad_value'], ['-2+3', 'bad_value'], ['\u202Elonibroz', 'bad_value'], ['Zorb\u2066inol', 'bad_value'],
        ['Zorb\u0000inol', 'bad_value'], ['Zorb\u001b[31minol', 'bad_value'], ['Zorb\rinol', 'bad_value'], ['A', 'too_short'], ['', 'too_short'], [' \n\t\n', 'too_short'],
        ['Good Name\n=BAD()', 'bad_value'], [Array.from({ length: 501 }, (_, i) => `Manyol ${i}`).join('\n'), 'too_long'], ['y'.repeat(50_001), 'too_long']])
        isProblem(await add(names), 422, code, 'names');
      assert.equal((await list()).total, total);
      assert.deepEqual((await list('?search=good')).results, []);
      const script = '5-HT <script>alert(1)</script> "\'; DROP TABLE users; --';
      assert.equal((await add(script)).status, 201);
      assert.deepEqual((await list('?search=script')).results.map((one) => one.name), [script]);
    });

    test('a name of the list is not asked about; a near one is suggested; what was read is never changed', async () => {
      const before = await medicineLine('Zorbinol', /not on the list of medicines/);
      assert.deepEqual([before.medicine.list, before.medicine.suggestions, before.understood], [null, [], false]);
      assert.equal((await add('Tab. Zorbinol 500')).status, 201);
      const known = await medicineLine('Zorbinol', null);
      assert.deepEqual([known.medicine.list, known.understood], ['clinic', true]);
      const near = await medicineLine('Zorbinal', /Is "Zorbinol" meant\?/);
      assert.deepEqual([near.medicine.list, near.medicine.suggestions, near.understood], [null, ['Zorbinol'], false]);
      const [own] = (await list('?search=zorbinol')).results;
      await remove(own.id);
      await medicineLine('Zorbinol', /not on the list of medicines/);
    });

    test('hunspell-en-med: a medical word is told from an unknown one, and is only suggested', async () => {
      const word = await medicineLine('Xalatan', /is a medical word, but not on the list of medicines/);
      assert.deepEqual([word.medicine.list, word.understood], ['words', false]);
      const near = await medicineLine('Xalaton', /not on the list of medicines. Is the name right/);
      assert.equal(near.medicine.list, null);
      assert.ok(near.medicine.suggestions.includes('Xalatan'), JSON.stringify(near.medicine));
    });

    test('the guard over a changed draft knows the names of the list: one that the page does not name is marked', async () => {
      const sent = await server.uploadFile('/submit_prescription', patient.token, page('Aspirin'), 'image/png');
      await server.settled(sent.body.id, doctor.token);
      async function marked(text) {
        const { body } = await server.get(`/api/v1/submissions/${sent.body.id}`, doctor.token);
        const saved = await server.call('PUT', `/api/v1/submissions/${sent.body.id}/draft`, { token: doctor.token, json: { text }, headers: { 'If-Match': `"v${body.version}"` } });
        assert.equal(saved.status, 200, saved.text);
        return (await server.get(`/api/v1/submissions/${sent.body.id}`, doctor.token)).body.findings.filter((one) => one.kind === 'medicine').map((one) => one.text);
      }
      assert.deepEqual(await marked('Take Aspirin 500 mg and Quixamed twice a day.'), []);
      await add('Quixamed 20');
      assert.deepEqual(await marked('Take Quixamed and Aspirin 500 mg twice a day.'), ['Quixamed']);
    });

    test('the list ends at 5,000 names: the request that would go beyond adds none; a full list still reaches the worker', async () => {
      const { total } = await list();
      const wide = (i) => `Fillerine ${String(i).padStart(5, '0')} ${'w'.repeat(80)}`;
      for (let from = total; from < 5000; from += 500)
        assert.equal((await add(Array.from({ length: Math.min(500, 5000 - from) }, (_, i) => wide(from + i)).join('\n'))).status, 201);
      assert.equal((await list()).total, 5000);
      isProblem(await add('Onemoreol'), 409, 'medicines_full');
      isProblem(await add('Onemoreol\nTwomoreol'), 409, 'medicines_full');
      isProblem(await add(wide(4999)), 409, 'medicine_exists');
      assert.equal((await list()).total, 5000);
      await medicineLine('Zorbinol', /not on the list of medicines/);
    });
  });
}
