import { describe, expect, it } from 'vitest';
import { loudness } from '../../components/recorder/loudness';
import { browserShows, meanLightness } from './picture';
import { gatherLooks } from './looks';
import { direction, readableLines } from './readable';

describe('gatherLooks', () => {
  const row = (minute: number, who: string, action: string) => ({ at: `2026-01-05T10:0${minute}:30Z`, who, role: 'doctor', action, resource_type: 'submission', count: 1 });
  it('tells what one person did in one minute in one, and loses no look', () => {
    const rows = [row(3, 'rao', 'media.read'), row(3, 'rao', 'submission.read'), row(3, 'rao', 'media.read'), row(3, 'sen', 'media.read'), row(2, 'sen', 'media.read')];
    const told = gatherLooks(rows);
    expect(told.map((one) => [one.who, one.acts.map((act) => `${act.action} ${act.count}`)])).toEqual([
      ['rao', ['media.read 2', 'submission.read 1']], ['sen', ['media.read 1']], ['sen', ['media.read 1']]]);
    expect(told.flatMap((one) => one.acts).reduce((sum, act) => sum + act.count, 0)).toBe(rows.length);
  });
});

describe('loudness', () => {
  it('is 0 for silence, 1 for loud, between for a voice', () => {
    expect(loudness(new Float32Array(256))).toBe(0);
    expect(loudness(new Float32Array(256).fill(0.9))).toBe(1);
    const voice = loudness(new Float32Array(256).fill(0.02));
    expect(voice).toBeGreaterThan(0.3);
    expect(voice).toBeLessThan(0.7);
  });
});

describe('readableLines', () => {
  it('takes off bullets and numbers but not doses, and finds headings', () => {
    expect(readableLines('Morning:\n- 1 tablet\n2. Drink\n\n5 ml syrup\r\nNight:\n• rest')).toEqual([
      { kind: 'heading', text: 'Morning' }, { kind: 'list', items: ['1 tablet', 'Drink', '5 ml syrup'] },
      { kind: 'heading', text: 'Night' }, { kind: 'list', items: ['rest'] },
    ]);
    expect(readableLines('0.5 mg at night\n2.5 ml')).toEqual([{ kind: 'list', items: ['0.5 mg at night', '2.5 ml'] }]);
    expect(readableLines('')).toEqual([]);
  });
  it('takes the first line of a paragraph as its heading, but never a sentence or a dose', () => {
    expect(readableLines('Plan\nRest.\n\nTab X 5 mg\nat night\n\nDrink.\nSleep.')).toEqual([
      { kind: 'heading', text: 'Plan' }, { kind: 'list', items: ['Rest.', 'Tab X 5 mg', 'at night', 'Drink.', 'Sleep.'] },
    ]);
    expect(readableLines('No dot here\nsecond')).toEqual([{ kind: 'list', items: ['No dot here', 'second'] }]);
  });
  it('shows no mark of the machine, and tells which words the doctor let stand as they were', () => {
    expect(['Tab X 650 mg 1 cap TID [not understood]', 'Take 1 tablet.'].map(direction)).toEqual([
      { text: 'Tab X 650 mg 1 cap TID', copied: true }, { text: 'Take 1 tablet.', copied: false }]);
  });
});

describe('pictures', () => {
  it('knows what a browser shows', () => {
    expect(['image/jpeg', 'image/PNG', 'image/webp; q=1', 'image/heic', 'application/pdf', ''].map(browserShows))
      .toEqual([true, true, true, false, false, false]);
  });
  it('measures lightness', () => {
    expect(meanLightness([255, 255, 255, 255])).toBeCloseTo(255);
    expect(meanLightness([0, 0, 0, 255, 100, 100, 100, 255])).toBeCloseTo(50);
  });
});
