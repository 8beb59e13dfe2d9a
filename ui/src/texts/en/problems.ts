/** What went wrong and what to do, by the code of the answer. `other` is for codes we do not know. */
export const problems = {
  title: 'That did not work',
  loadTitle: 'This could not be loaded',
  network: 'The clinic’s server cannot be reached. Check your connection and try again.',
  cancelled: 'Sending was stopped. Nothing has been sent.',
  tooMany: (seconds: number | null) =>
    seconds === null
      ? 'That was a little too often. Please wait a moment and try again.'
      : seconds < 90
        ? `That was a little too often. Please try again in ${seconds} seconds.`
        : `That was a little too often. Please try again in ${Math.ceil(seconds / 60)} minutes.`,
  forbidden: 'Your account may not do this.',
  notFound: 'This is not here, or it is not yours to see.',
  tooLarge: 'This file is too large. Send a shorter recording or a smaller picture.',
  unsupported: 'This kind of file cannot be read. Send a recording (WAV, MP3, M4A, Ogg, WebM, FLAC) or a picture or PDF.',
  conflict: 'This has moved on in the meantime. Reload to see its present state.',
  invalid: (field: string | null) => (field ? `Please check “${field}”.` : 'Something in the form is not right.'),
  server: 'The server had a problem. Nothing is lost; please try again in a minute.',
  other: 'That did not work. Please try again.',
  reference: (id: string) => `Reference for the clinic: ${id}`,
};
