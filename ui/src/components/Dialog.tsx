import { useEffect } from 'react';
import { Modal, type ModalProps } from '@mantine/core';
import { useTexts } from '../texts';

let open = 0;

/** What lies behind a dialog is out of reach for every kind of reader and pointer; only notices are still told. */
function useInertPage(opened: boolean) {
  useEffect(() => {
    if (!opened) return undefined;
    const set = (inert: boolean) => {
      for (const part of document.getElementById('root')?.children ?? []) if (part.getAttribute('role') !== 'status') part.toggleAttribute('inert', inert);
    };
    open += 1;
    set(true);
    return () => {
      open -= 1;
      if (open === 0) set(false);
    };
  }, [opened]);
}

/** Mantine's dialog with our words on the close button; its <header> is not a second banner of the page. */
export function Dialog(props: ModalProps) {
  const t = useTexts();
  useInertPage(props.opened);
  return <Modal closeButtonProps={{ 'aria-label': t.common.close }} attributes={{ header: { role: 'presentation' } }} {...props} />;
}
