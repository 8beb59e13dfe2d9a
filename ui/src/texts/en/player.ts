/** Search in what was heard. */
export const player = {
  save: 'Save file',
  search: 'Find words',
  hits: (n: number) => (n === 1 ? '1 place' : `${n} places`),
  hitOf: (n: number, of: number) => `${n} of ${of}`,
  noHit: 'Not found',
};
