import { Link } from '../../app/router';
import { Icon } from '../../components/Icon';
import { useTexts } from '../../texts';
import classes from './Record.module.css';

export function BackHome() {
  const t = useTexts();
  return <Link href="/" className={classes.back} data-no-print=""><Icon name="chevronLeft" size={20} />{t.patient.backHome}</Link>;
}
