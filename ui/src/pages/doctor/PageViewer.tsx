import { useEffect, useRef, useState } from 'react';
import type { Word } from '../../api/types';
import { Icon, type IconName } from '../../components/Icon';
import { isUnsure } from '../../components/words';
import { useTexts } from '../../texts';
import classes from './PageViewer.module.css';

const STEPS = [1, 1.4, 2, 2.8, 4];

interface Props {
  url: string | null;
  words: readonly Word[];
  pages: readonly { width: number; height: number }[];
  page: number; onPage: (page: number) => void;
  pointed: number; evidence: readonly number[];
  onPoint: (index: number) => void;
}

/** The page with a box around every word. The boxes are for pointing; the word list below is their keyboard twin. */
export function PageViewer({ url, words, pages, page, onPage, pointed, evidence, onPoint }: Props) {
  const t = useTexts();
  const [zoom, setZoom] = useState(0);
  const [turns, setTurns] = useState(0);
  const [boxes, setBoxes] = useState(true);
  const frame = useRef<HTMLDivElement>(null);
  const size = pages[page] ?? { width: 1000, height: 1400 };
  const sideways = turns % 2 === 1;
  const scale = STEPS[zoom] ?? 1;
  const marked = new Set(evidence);
  const focusOn = pointed >= 0 ? pointed : (evidence[0] ?? -1);

  // Brings the word that is pointed at into the window of a zoomed page.
  useEffect(() => {
    const box = frame.current;
    const rect = box?.querySelector(`[data-box="${focusOn}"]`)?.getBoundingClientRect();
    if (!box || !rect) return;
    const outer = box.getBoundingClientRect();
    const outside = rect.top < outer.top || rect.bottom > outer.bottom || rect.left < outer.left || rect.right > outer.right;
    if (outside) {
      box.scrollTop += rect.top + rect.height / 2 - outer.top - outer.height / 2;
      box.scrollLeft += rect.left + rect.width / 2 - outer.left - outer.width / 2;
    }
  }, [focusOn, page, zoom, turns]);

  const tool = (icon: IconName, label: string, run: () => void, disabled = false, pressed?: boolean) => (
    <button type="button" className={classes.tool} onClick={run} disabled={disabled} aria-label={label} title={label} aria-pressed={pressed}>
      <Icon name={icon} />
    </button>
  );
  // The sheet keeps its own proportions and is turned inside a stage of the turned proportions.
  const stage = sideways ? { w: size.height, h: size.width } : { w: size.width, h: size.height };

  return (
    <div className={classes.viewer}>
      <div className={classes.tools}>
        {tool('minus', t.doctor.zoomOut, () => setZoom(Math.max(0, zoom - 1)), zoom === 0)}
        {tool('plus', t.doctor.zoomIn, () => setZoom(Math.min(STEPS.length - 1, zoom + 1)), zoom === STEPS.length - 1)}
        {tool('rotate', t.doctor.rotate, () => setTurns((turns + 1) % 4))}
        {tool('eye', t.doctor.showBoxes, () => setBoxes(!boxes), false, boxes)}
        {pages.length > 1 && (
          <span className={classes.pager}>
            {tool('chevronLeft', t.doctor.previousPage, () => onPage(page - 1), page === 0)}
            <span className="tabular">{t.doctor.page(page + 1, pages.length)}</span>
            {tool('chevron', t.doctor.nextPage, () => onPage(page + 1), page === pages.length - 1)}
          </span>
        )}
      </div>
      <div ref={frame} className={classes.frame} tabIndex={0} role="group" aria-label={t.doctor.pictureAlt} onPointerLeave={() => onPoint(-1)}>
        <div className={classes.stage} style={{ width: `${scale * 100}%`, aspectRatio: `${stage.w} / ${stage.h}` }}>
          <div
            className={classes.sheet}
            style={{
              width: `${(size.width / stage.w) * 100}%`, height: `${(size.height / stage.h) * 100}%`,
              transform: `translate(-50%, -50%) rotate(${turns * 90}deg)`,
            }}
          >
            {url ? <img src={url} alt={t.doctor.pictureAlt} draggable={false} /> : <div className={classes.blank} />}
            <svg viewBox={`0 0 ${size.width} ${size.height}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
              {words.map((word, i) => {
                if (!word.box || (word.page ?? 0) !== page) return null;
                const [x, y, w, h] = word.box;
                return (
                  <g key={i}>
                    {!url && (
                      <text x={x} y={y + h * 0.78} fontSize={h * 0.82} textLength={w} lengthAdjust="spacingAndGlyphs">{word.text}</text>
                    )}
                    <rect
                      x={x - 4} y={y - 3} width={w + 8} height={h + 6} rx={5} data-box={i} className={classes.box}
                      data-hidden={!boxes || undefined} data-unsure={isUnsure(word) || undefined}
                      data-evidence={marked.has(i) || undefined} data-active={i === pointed || undefined}
                      onPointerEnter={() => onPoint(i)} onClick={() => onPoint(i)}
                    />
                  </g>
                );
              })}
            </svg>
          </div>
        </div>
      </div>
    </div>
  );
}
