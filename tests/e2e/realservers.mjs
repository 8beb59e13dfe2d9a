// By hand, against real servers (docs/evaluation.md says how to have them): one recording through the whole service with each.
//   WHISPER=http://127.0.0.1:18451/v1 LLAMA=http://127.0.0.1:18452/v1 LLAMA_MODEL=… node tests/e2e/realservers.mjs
// Not part of `make test`: these servers are neither Debian's nor npm's. Prints what came of each.
import * as media from './lib/media.mjs';
import { startServer } from './lib/server.mjs';

async function visit(settings) {
  const server = await startServer('sqlite', { remote_fallback: 'no', ...settings });
  try {
    const patient = await server.patient();
    await server.post('/api/v1/consents/external_processing', {}, patient.token);
    const speech = media.realSpeech();
    const begun = Date.now();
    const sent = await server.uploadFile('/submit_audio', patient.token, speech.path, speech.type);
    const item = await server.settled(sent.body.id, patient.token);
    const ms = Date.now() - begun;
    const doctor = await server.doctor();
    const { evidence } = (await server.get(`/api/v1/submissions/${sent.body.id}`, doctor.token)).body;
    return { status: item.status, reason: item.reason, ms, heard_by: evidence?.engine, words: evidence?.words.length, drafted_by: evidence?.draft.engine, lines: evidence?.draft.lines.length, said: server.log.split('\n').filter((line) => / courier: /.test(line)) };
  } finally {
    await server.stop();
  }
}

if (process.env.WHISPER) console.log('speech', await visit({ speech_server: process.env.WHISPER }));
if (process.env.LLAMA) console.log('text', await visit({ text_server: process.env.LLAMA, text_model: process.env.LLAMA_MODEL ?? 'model' }));
