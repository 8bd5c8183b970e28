/**
 * Every action says what it will touch before it is done, and afterwards what came of it.
 */
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from "react";

import { act } from "./api.ts";

export type Wish = {
  readonly title: string;
  /** What it will touch. */
  readonly touches: string;
  readonly action: object;
  readonly isDangerous?: boolean;
};

const Asking = createContext<(wish: Wish) => void>(() => {});

export const useConfirm = () => useContext(Asking);

export function Confirming({ children }: { children: ReactNode }) {
  const [wish, setWish] = useState<Wish>();
  const [said, setSaid] = useState<{ text: string; isBad: boolean }>();
  const [isBusy, setBusy] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (wish) dialog.current?.showModal();
    else dialog.current?.close();
  }, [wish]);
  async function carryOut() {
    if (!wish) return;
    setBusy(true);
    try {
      setSaid({ text: await act(wish.action), isBad: false });
    } catch (error) {
      setSaid({ text: (error as Error).message, isBad: true });
    }
    setBusy(false);
    setWish(undefined);
  }
  return (
    <Asking value={setWish}>
      {children}
      <dialog ref={dialog} onClose={() => setWish(undefined)} aria-labelledby="confirm-title">
        {wish && (
          <>
            <h2 id="confirm-title">{wish.title}</h2>
            <p>{wish.touches}</p>
            <div className="row end">
              <button type="button" onClick={() => setWish(undefined)}>
                Cancel
              </button>
              <button
                type="button"
                className={wish.isDangerous ? "primary danger" : "primary"}
                disabled={isBusy}
                onClick={carryOut}
              >
                {isBusy ? "Doing it" : wish.title}
              </button>
            </div>
          </>
        )}
      </dialog>
      <div className="said" role="status">
        {said && (
          <p className={said.isBad ? "bad" : ""}>
            {said.text}
            <button type="button" aria-label="Dismiss" onClick={() => setSaid(undefined)}>
              ×
            </button>
          </p>
        )}
      </div>
    </Asking>
  );
}
