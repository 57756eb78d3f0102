/** Dialogs. They wait, as the page does, while the caller has to sign in again. */
import Modal, { type ModalProps } from '@cloudscape-design/components/modal';
import { createContext, useContext } from 'react';

/** True while the key is no longer accepted. Given by the shell. */
export const LostContext = createContext(false);

/** A dialog. What was entered in it stays while it waits. */
export function Dialog({
  visible = true,
  ...props
}: Partial<Pick<ModalProps, 'visible'>> & Omit<ModalProps, 'visible'>) {
  const lost = useContext(LostContext);
  return <Modal {...props} visible={visible && !lost} />;
}
