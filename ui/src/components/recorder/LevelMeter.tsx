import { useEffect, useRef, useState } from 'react';
import { useTexts } from '../../texts';
import classes from './Recorder.module.css';

const STEP_MS = 70;
const BAR = 5;
const GAP = 4;
const HEARD = 0.32;
const QUIET_AFTER_MS = 3500;

/** The voice as moving bars, and in words whether it is loud enough; the words are what screen readers get. */
export function LevelMeter({ level, active }: { level: () => number; active: boolean }) {
  const t = useTexts();
  const canvas = useRef<HTMLCanvasElement>(null);
  const levels = useRef<number[]>([]);
  const [heard, setHeard] = useState(true);
  const [percent, setPercent] = useState(0);

  useEffect(() => {
    if (!active) return;
    let frame = 0;
    let last = 0;
    let lastHeard = performance.now();
    let peak = 0;
    const draw = (now: number) => {
      frame = requestAnimationFrame(draw);
      peak = Math.max(peak, level());
      if (now - last < STEP_MS) return;
      last = now;
      levels.current.push(peak);
      if (peak > HEARD) lastHeard = now;
      setHeard(now - lastHeard < QUIET_AFTER_MS);
      setPercent(Math.round(peak * 20) * 5);
      peak = 0;
      paint(canvas.current, levels.current);
    };
    frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, [active, level]);

  return (
    <div className={classes.meter}>
      <canvas
        ref={canvas} className={classes.bars} data-still={!active || undefined} role="meter" aria-label={t.recorder.level}
        aria-valuemin={0} aria-valuemax={100} aria-valuenow={active ? percent : 0}
      />
      <p className={classes.hearing} role="status" data-quiet={(active && !heard) || undefined}>
        {active ? (heard ? t.recorder.hearing : t.recorder.tooQuiet) : t.recorder.paused}
      </p>
    </div>
  );
}

function paint(canvas: HTMLCanvasElement | null, levels: number[]) {
  if (!canvas) return;
  const scale = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const pen = canvas.getContext('2d');
  if (!pen) return;
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.fillStyle = getComputedStyle(canvas).color;
  const count = Math.floor(width / (BAR + GAP));
  if (levels.length > count) levels.splice(0, levels.length - count);
  for (let i = 0; i < count; i += 1) {
    const value = levels[levels.length - count + i] ?? 0;
    const bar = Math.max(BAR, value * value * height);
    pen.globalAlpha = 0.25 + 0.75 * (i / count);
    pen.beginPath();
    pen.roundRect(i * (BAR + GAP), (height - bar) / 2, BAR, bar, BAR / 2);
    pen.fill();
  }
}
