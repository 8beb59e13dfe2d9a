// The space of one person's files: full is full, also for uploads that come at the same time, and one person's files are not another's.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { engines, isProblem, startServer } from './lib/server.mjs';

const WAV = { name: 'a.wav', type: 'audio/wav' };

/** Silence of so many bytes. */
function recording(bytes) {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0); head.writeUInt32LE(36 + bytes, 4); head.write('WAVEfmt ', 8); head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20); head.writeUInt16LE(1, 22); head.writeUInt32LE(16000, 24); head.writeUInt32LE(32000, 28);
  head.writeUInt16LE(2, 32); head.writeUInt16LE(16, 34); head.write('data', 36); head.writeUInt32LE(bytes, 40);
  return Buffer.concat([head, Buffer.alloc(bytes)]);
}

for (const engine of engines) {
  describe(`space for files on ${engine}`, () => {
    let server;
    before(async () => { server = await startServer(engine, { max_user_mib: 1, workers: 0 }); });
    after(() => server.stop());

    test('S5: of uploads that come at the same time only those are kept that fit together', async () => {
      const patient = await server.patient();
      const answers = await Promise.all([1, 2, 3, 4].map(() => server.upload('/submit_audio', patient.token, recording(400_000), WAV)));
      assert.deepEqual(answers.map((each) => each.status).sort(), [201, 201, 507, 507], answers.map((each) => each.text).join(' '));
      isProblem(answers.find((each) => each.status === 507), 507, 'quota_exceeded');
      assert.equal(readdirSync(join(server.folder, 'files')).length, 2, 'nothing is left of the others');
    });

    test('a recorded visit takes of the space of the person whose visit it was, not of the doctor\'s', async () => {
      const doctor = await server.doctor();
      for (const patient_name of ['A. B.', 'C. D.', 'E. F.']) {
        const { id } = (await server.post('/api/v1/consultations', { consent_given: true, patient_name }, doctor.token)).body;
        const answer = await server.upload(`/api/v1/consultations/${id}/recording`, doctor.token, recording(700_000), WAV);
        assert.equal(answer.status, 201, answer.text);
      }
    });
  });
}
