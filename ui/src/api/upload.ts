import { BASE, csrfHeader, reportSignedOut } from './client';
import { networkProblem, Problem, readProblem } from './problem';

/** What the server said about the file it took; always with the id of what the file now belongs to. */
export interface UploadAnswer { id: string }
export interface Upload { done: Promise<UploadAnswer>; cancel: () => void }

function readAnswer(text: string): UploadAnswer | null {
  try {
    const answer = JSON.parse(text) as { id?: unknown; submission_id?: unknown };
    const id = answer.id ?? answer.submission_id;
    return typeof id === 'string' ? { id } : null;
  } catch {
    return null;
  }
}

/**
 * Sends one file. XMLHttpRequest and not fetch, because only it tells how many bytes have really left.
 * `onProgress` gets 0..1; it stays below 1 until the server has answered.
 */
export function uploadFile(
  path: string, file: File, fields: Record<string, string>, onProgress: (share: number) => void,
): Upload {
  const request = new XMLHttpRequest();
  const form = new FormData();
  // the texts come first, so that a server which streams the file knows them before the bytes
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', file, file.name);

  const done = new Promise<UploadAnswer>((resolve, reject) => {
    request.open('POST', BASE + path);
    request.setRequestHeader('Accept', 'application/json');
    for (const [name, value] of Object.entries(csrfHeader())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(Math.min(0.99, event.loaded / event.total));
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) {
        onProgress(1);
        const answer = readAnswer(request.responseText);
        if (answer) resolve(answer); else reject(new Problem(request.status, 'unexpected'));
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
