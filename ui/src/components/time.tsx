import { useEffect, useState } from 'react';
import { useTexts, type Texts } from '../texts';

export function span(ms: number, t: Texts): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return t.time.now;
  if (minutes < 60) return t.time.minutes(minutes);
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return t.time.hours(hours, minutes % 60);
  return t.time.days(Math.floor(hours / 24));
}

export function formatWhen(iso: string, t: Texts, withSeconds = false): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return new Intl.DateTimeFormat(t.language, { dateStyle: 'medium', timeStyle: withSeconds ? 'medium' : 'short' }).format(date);
}

/** m:ss, or h:mm:ss from one hour on. */
export function clock(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const [h = 0, m = 0, s = 0] = parts;
  const two = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

export function useNow(everyMs = 30_000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** "12 min ago", with the exact time for those who point at it; a plain date when it is longer ago. */
export function Ago({ iso }: { iso: string }) {
  const t = useTexts();
  const now = useNow();
  const age = now - new Date(iso).getTime();
  const words = age < 60_000 ? t.time.now : age < 86_400_000 ? t.time.ago(span(age, t)) : formatWhen(iso, t);
  return <time dateTime={iso} title={formatWhen(iso, t)}>{words}</time>;
}
