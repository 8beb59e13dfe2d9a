import { NotFound } from '../../app/App';
import { match } from '../../app/match';
import { useRouter } from '../../app/router';
import { HomePage } from './HomePage';
import { LookedPage } from './LookedPage';
import { PhotoPage } from './PhotoPage';
import { RecordPage } from './RecordPage';
import { SentPage } from './SentPage';

export default function PatientPages() {
  const { path } = useRouter();
  if (path === '/') return <HomePage />;
  if (path === '/new/voice') return <RecordPage />;
  if (path === '/new/photo') return <PhotoPage />;
  if (path === '/looked') return <LookedPage />;
  const sent = match('/sent/:id', path);
  if (sent?.id) return <SentPage key={sent.id} id={sent.id} />;
  return <NotFound />;
}
