import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useSession, useUser } from '../../app/session';
import { EmptyState, PageHead } from '../../components/Page';
import { useTexts } from '../../texts';

const LOOK_EVERY_MS = 60_000;

/** For accounts that may log in but have nothing to open (yet). */
export default function WaitingPage() {
  const t = useTexts();
  const user = useUser();
  const { refresh } = useSession();
  const [busy, setBusy] = useState(false);
  const pending = user.role_state === 'pending';

  useEffect(() => {
    if (!pending) return;
    const timer = setInterval(() => { if (!document.hidden) void refresh(); }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [pending, refresh]);

  const [title, body] = pending ? [t.account.pendingTitle, t.account.pendingBody]
    : user.role_state === 'disabled' ? [t.account.disabledTitle, t.account.disabledBody]
      : [t.account.readonlyTitle, t.account.readonlyBody];
  return (
    <>
      <PageHead title={title} />
      <EmptyState icon={pending ? 'clock' : 'person'} title={title} body={body}>
        {pending && (
          <Button mt="md" variant="default" loading={busy} onClick={() => { setBusy(true); void refresh().finally(() => setBusy(false)); }}>
            {t.account.pendingCheck}
          </Button>
        )}
      </EmptyState>
    </>
  );
}
