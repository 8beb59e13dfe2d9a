import { BASE, csrfHeader, reportSignedOut } from './client';
import { networkProblem, Problem, readProblem } from './problem';
import type { Status, SubmissionType } from './types';

export interface UploadAnswer { id: string; status: Status; version: number }
export interface Upload { done: Promise<UploadAnswer>; cancel: () => void }

/**
 * Sends one file. XMLHttpRequest and not fetch, because only it tells how many bytes have really left.
 * `onProgress` gets 0..1; it stays below 1 until the server has answered.
 */
export function uploadFile(
  type: SubmissionType, file: File, notes: string | null, onProgress: (share: number) => void,
): Upload {
  const request = new XMLHttpRequest();
  const form = new FormData();
  // the text comes first, so that a server which streams the file knows it before the bytes
  if (notes) form.append('notes', notes);
  form.append('file', file, file.name);

  const done = new Promise<UploadAnswer>((resolve, reject) => {
    request.open('POST', `${BASE}/${type === 'audio' ? 'submit_audio' : 'submit_prescription'}`);
    request.setRequestHeader('Accept', 'application/json');
    for (const [name, value] of Object.entries(csrfHeader())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(Math.min(0.99, event.loaded / event.total));
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) {
        onProgress(1);
        try {
          const answer = JSON.parse(request.responseText) as Partial<UploadAnswer> & { submission_id?: string };
          const id = answer.id ?? answer.submission_id;
          if (!id) throw new Error('no id');
          resolve({ id, status: answer.status ?? 'queued', version: answer.version ?? 1 });
        } catch {
          reject(new Problem(request.status, 'unexpected'));
        }
        return;
      }
      if (request.status === 401) reportSignedOut();
      reject(readProblem(request.status, request.responseText, request.getResponseHeader('Retry-After')));
    };
    request.onerror = () => reject(networkProblem());
    request.onabort = () => reject(new Problem(0, 'cancelled'));
    request.send(form);
  });
  return { done, cancel: () => request.abort() };
}
