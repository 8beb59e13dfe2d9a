import { NotFound } from '../../app/App';
import { match } from '../../app/match';
import { useRouter } from '../../app/router';
import { QueuePage } from './QueuePage';
import { ReviewPage } from './ReviewPage';

// Consultations and their notes get their own routes here.
export default function DoctorPages() {
  const { path } = useRouter();
  if (path === '/') return <QueuePage />;
  const review = match('/review/:id', path);
  if (review?.id) return <ReviewPage key={review.id} id={review.id} />;
  return <NotFound />;
}
