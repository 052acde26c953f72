import "./over.css";
import { type ReactNode, useEffect, useId, useRef } from "react";
import type { ApiError } from "./api/client";

type Props = {
  title: string;
  error: ApiError | null;
  /** What is waited for, while it is. */
  waiting: string | false;
  onClose: () => void;
  children: ReactNode;
};

/** A sheet over the page. The browser's own dialog keeps the focus inside and gives it back. */
export function Over({ title, error, waiting, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="over" aria-labelledby={heading} onClose={onClose}>
      <header>
        <h2 id={heading}>{title}</h2>
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </header>
      {error && (
        <p role="alert" className="problem">
          <strong>{error.message}.</strong> {error.detail}
        </p>
      )}
      {waiting && <p className="nothing">{waiting}</p>}
      {children}
    </dialog>
  );
}
