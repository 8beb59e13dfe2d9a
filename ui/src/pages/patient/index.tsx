import { NotFound } from '../../app/App';
import { match } from '../../app/match';
import { useRouter } from '../../app/router';
import { HomePage } from './HomePage';
import { LookedPage } from './LookedPage';
import { PhotoPage } from './PhotoPage';
import { RecordPage } from './RecordPage';
import { SentPage } from './SentPage';
import { VisitPage, VisitsPage } from './VisitsPage';

export default function PatientPages() {
  const { path } = useRouter();
  if (path === '/') return <HomePage />;
  if (path === '/new/voice') return <RecordPage />;
  if (path === '/new/photo') return <PhotoPage />;
  if (path === '/visits') return <VisitsPage />;
  if (path === '/looked') return <LookedPage />;
  const sent = match('/sent/:id', path);
  if (sent?.id) return <SentPage key={sent.id} id={sent.id} />;
  const visit = match('/visits/:id', path);
  if (visit?.id) return <VisitPage key={visit.id} id={visit.id} />;
  return <NotFound />;
}
