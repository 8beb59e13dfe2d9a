import { Modal, type ModalProps } from '@mantine/core';
import { useTexts } from '../texts';

/** Mantine's dialog with our words on the close button; its <header> is not a second banner of the page. */
export function Dialog(props: ModalProps) {
  const t = useTexts();
  return <Modal closeButtonProps={{ 'aria-label': t.common.close }} attributes={{ header: { role: 'presentation' } }} {...props} />;
}
