import { lazy, Suspense } from 'react';
import { NotFound, PageSkeleton } from '../../app/App';
import { match } from '../../app/match';
import { useRouter } from '../../app/router';
import { QueuePage } from './QueuePage';
import { ReviewPage } from './ReviewPage';

const ConsultationPages = lazy(() => import('../consultations'));

export default function DoctorPages() {
  const { path } = useRouter();
  if (path === '/') return <QueuePage />;
  const review = match('/review/:id', path);
  if (review?.id) return <ReviewPage key={review.id} id={review.id} />;
  if (/^\/(consultations|notes)(\/|$)/.test(path)) return <Suspense fallback={<PageSkeleton />}><ConsultationPages /></Suspense>;
  return <NotFound />;
}
