import type { ReactNode } from 'react';
import { ThemeToggle } from '../../app/Shell';
import { Mark, VoiceToText } from '../../components/Brand';
import { useTexts } from '../../texts';
import classes from './DoorLayout.module.css';

/** The pages in front of the door: the brand on one side, one form on the other. */
export function DoorLayout({ children }: { children: ReactNode }) {
  const t = useTexts();
  return (
    <div className={classes.door}>
      <header className={classes.panel}>
        <p className={classes.brand}><Mark size={40} />{t.brand}</p>
        <div className={classes.middle}>
          <VoiceToText />
          <p className={classes.promise}>{t.promise}</p>
        </div>
        <p className={classes.foot}>{t.shell.footer}</p>
        <div className={classes.toggle}><ThemeToggle onDark /></div>
      </header>
      <main className={classes.main}><div className={classes.form}>{children}</div></main>
    </div>
  );
}
