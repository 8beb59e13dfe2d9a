import { describe, expect, it } from 'vitest';
import type { DraftLine } from '../../api/types';
import { isHeading, joinDraft, likeness, machineDraft, markOf, openOrigins, putName, splitDraft, suggestionsFor, wordsBehind } from './draftLines';

const machine: DraftLine[] = [
  { text: 'Take 1 tablet at night.', spans: [[0, 2], [5, 5]], understood: true, question: null },
  { text: '“rv 5/7”', spans: [[7, 8]], understood: false, question: 'Review after 5 days?' },
  { text: 'Drink plenty of fluids.', spans: [[9, 12]], understood: true, question: null },
];
const text = machine.map((line) => line.text).join('\n');
const draft = machineDraft(machine, `Plan\n${text}`);

describe('splitDraft', () => {
  it('ties each line to the machine line of the same text, bullets and case aside', () => {
    const lines = splitDraft('- take 1 tablet at night.\n2. “rv 5/7”\nDrink plenty of fluids.', machine);
    expect(lines.map((line) => line.origins)).toEqual([[0], [1], [2]]);
  });
  it('finds an edited line again by its words, and leaves a new one untied', () => {
    const lines = splitDraft('Drink plenty of warm fluids.\nCome back on Monday.', machine);
    expect(lines.map((line) => line.origins)).toEqual([[2], []]);
  });
  it('lets one line hold several of the machine', () => {
    const [line] = splitDraft('Take 1 tablet at night. Drink plenty of fluids.', machine);
    expect(line?.origins).toEqual([0, 2]);
    expect(wordsBehind(line ?? null, machine)).toEqual([0, 1, 2, 5, 9, 10, 11, 12]);
  });
  it('keeps the text through a round trip', () => {
    expect(joinDraft(splitDraft(text, machine))).toBe(text);
    expect(joinDraft(splitDraft(`${text}\n\n`, machine))).toBe(text);
    expect(joinDraft(splitDraft('', machine))).toBe('');
  });
});

describe('markOf', () => {
  const lines = splitDraft(text, machine);
  it('marks what was not understood until it is rewritten', () => {
    expect(lines.map((line) => markOf(line, draft))).toEqual(['ok', 'open', 'ok']);
    const rewritten = { ...lines[1]!, text: 'Come back after 5 days.' };
    expect(markOf(rewritten, draft)).toBe('rewritten');
    expect(openOrigins(rewritten, machine)).toEqual([]);
  });
  it('stays open when words are only added around what was not understood', () => {
    expect(markOf({ ...lines[1]!, text: 'Please “rv 5/7” thanks' }, draft)).toBe('open');
  });
  it('says when nothing is behind a line, and nothing about an empty one', () => {
    expect(markOf({ key: 1, text: 'New.', origins: [] }, draft)).toBe('added');
    expect(markOf({ key: 1, text: ' ', origins: [1] }, draft)).toBe('ok');
  });
});

describe('headings', () => {
  it('are what the machine wrote without evidence, not what the doctor adds', () => {
    const [plan, added] = splitDraft('Plan\nOwn words', machine);
    expect([isHeading(plan!, draft), markOf(plan!, draft)]).toEqual([true, 'ok']);
    expect(isHeading(added!, draft)).toBe(false);
  });
});

describe('likeness', () => {
  it('is 1 for the same words, 0 for none in common or none at all', () => {
    expect(likeness('a b c', 'A, b; c!')).toBe(1);
    expect(likeness('a b', 'c d')).toBe(0);
    expect(likeness('', 'a')).toBe(0);
  });
});

describe('names like one that was read', () => {
  const asked: DraftLine[] = [{
    text: '1. Tab Zorbinal 500 mg BD', spans: [[0, 5]], understood: false, question: 'Is "zorbinol" meant?',
    medicine: { form: 'Tab', name: 'Zorbinal', strength: '500 mg', list: null, suggestions: ['zorbinol', 'Zorbital'] },
  }];
  const [line] = splitDraft(asked[0]!.text, asked);

  it('stand beside the line while the name stands in it, and nothing is put in by itself', () => {
    expect(line!.text).toBe('1. Tab Zorbinal 500 mg BD');
    expect(suggestionsFor(line!, asked)).toEqual({ written: 'Zorbinal', names: ['Zorbinol', 'Zorbital'] });
    expect(suggestionsFor({ ...line!, text: 'Take Zorbinol twice a day' }, asked)).toBeNull();
    expect(suggestionsFor({ ...line!, origins: [] }, asked)).toBeNull();
    expect(suggestionsFor(line!, [{ ...asked[0]!, medicine: null }])).toBeNull();
  });
  it('a press changes the name alone', () => {
    expect(putName('1. Tab ZORBINAL 500 mg BD', 'Zorbinal', 'Zorbinol')).toBe('1. Tab Zorbinol 500 mg BD');
    expect(putName('nothing of it', 'Zorbinal', 'Zorbinol')).toBe('nothing of it');
  });
});
