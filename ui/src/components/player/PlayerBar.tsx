import { useEffect, useRef, useState } from 'react';
import { Icon } from '../Icon';
import { clock } from '../time';
import { peaksOf } from './waveform';
import { useTexts } from '../../texts';
import classes from './Player.module.css';
import type { Player } from './usePlayer';

const RATES = [0.75, 1, 1.25, 1.5, 2];

function paint(canvas: HTMLCanvasElement, peaks: number[] | null, share: number) {
  const scale = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext('2d');
  if (!pen) return;
  pen.scale(scale, scale);
  const style = getComputedStyle(canvas);
  const count = Math.floor(width / 4);
  for (let i = 0; i < count; i += 1) {
    const peak = peaks?.[Math.floor((i / count) * peaks.length)] ?? 0;
    const bar = Math.max(2, peak * (height - 6));
    pen.fillStyle = i / count <= share ? style.color : style.borderColor;
    pen.fillRect(i * 4, (height - bar) / 2, 2.5, bar);
  }
}

/** Play, skip, speed, and the sound itself to seek in (a range input lies over the drawing). */
export function PlayerBar({ player, blob, duration }: { player: Player; blob: Blob; duration: number }) {
  const t = useTexts();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [peaks, setPeaks] = useState<number[] | null>(null);
  const [width, setWidth] = useState(0);
  const share = duration > 0 ? Math.min(1, player.ms / duration) : 0;

  useEffect(() => {
    let gone = false;
    void peaksOf(blob).then((found) => { if (!gone) setPeaks(found); });
    return () => { gone = true; };
  }, [blob]);
  useEffect(() => {
    if (!canvas.current) return;
    const watch = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    watch.observe(canvas.current);
    return () => watch.disconnect();
  }, []);
  useEffect(() => { if (canvas.current) paint(canvas.current, peaks, share); });

  return (
    <div className={classes.player} data-width={Math.round(width)}>
      <div className={classes.wave}>
        <canvas ref={canvas} aria-hidden="true" />
        <input
          type="range" min={0} max={Math.max(1, Math.round(duration))} step={100} value={Math.round(player.ms)} aria-label={t.doctor.seek}
          aria-valuetext={t.doctor.position(clock(player.ms), clock(duration))}
          onChange={(event) => player.seek(Number(event.currentTarget.value))}
        />
      </div>
      <div className={classes.controls}>
        <button type="button" className={classes.playButton} onClick={player.toggle} aria-label={player.playing ? t.doctor.pause : t.doctor.play}>
          <Icon name={player.playing ? 'pause' : 'play'} size={26} />
        </button>
        <button type="button" className={classes.tool} onClick={() => player.skip(-5000)} aria-label={t.doctor.back5} title={t.doctor.back5}><Icon name="back5" /></button>
        <button type="button" className={classes.tool} onClick={() => player.skip(5000)} aria-label={t.doctor.on5} title={t.doctor.on5}><Icon name="on5" /></button>
        <span className={`${classes.clock} tabular`}>{clock(player.ms)} / {clock(duration)}</span>
        <label className={classes.speed}>
          <span>{t.doctor.speed}</span>
          <select value={player.rate} onChange={(event) => player.setRate(Number(event.currentTarget.value))}>
            {RATES.map((rate) => <option key={rate} value={rate}>{rate}×</option>)}
          </select>
        </label>
      </div>
    </div>
  );
}
