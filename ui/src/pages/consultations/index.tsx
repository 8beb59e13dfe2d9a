import { NotFound } from '../../app/App';
import { match } from '../../app/match';
import { useRouter } from '../../app/router';
import { ConsultationPage } from './ConsultationPage';
import { ConsultationsPage } from './ConsultationsPage';
import { NewPage } from './NewPage';
import { SharedNotePage } from './SharedNotePage';

export default function ConsultationPages() {
  const { path } = useRouter();
  if (path === '/consultations') return <ConsultationsPage />;
  if (path === '/consultations/new') return <NewPage />;
  const consultation = match('/consultations/:id', path);
  if (consultation?.id) return <ConsultationPage key={consultation.id} id={consultation.id} />;
  const note = match('/notes/:id', path);
  if (note?.id) return <SharedNotePage key={note.id} id={note.id} />;
  return <NotFound />;
}
