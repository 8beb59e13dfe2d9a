import { NotFound } from '../../app/App';
import { useRouter } from '../../app/router';
import { useUser } from '../../app/session';
import { AuditPage } from './AuditPage';
import { JobsPage } from './JobsPage';
import { MedicinesPage } from './MedicinesPage';
import { UsersPage } from './UsersPage';

export default function AdminPages() {
  const { path } = useRouter();
  const { user_type } = useUser();
  if (user_type === 'auditor') return path === '/' || path === '/audit' ? <AuditPage /> : <NotFound />;
  if (path === '/') return <UsersPage />;
  if (path === '/audit') return <AuditPage />;
  if (path === '/medicines') return <MedicinesPage />;
  if (path === '/jobs') return <JobsPage />;
  return <NotFound />;
}
