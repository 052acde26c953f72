import { type ReactNode, useId } from "react";
import { type Amount, about, type NumberField, type NumberName } from "./api/client";
import { type Change, payments, rupees, shortRupees } from "./format";
import { go } from "./view";

type TileProps = {
  field: NumberField;
  title?: string;
  wide?: boolean;
  children: ReactNode;
};

/** One tile: its name, what it means, and what it shows. */
export function Tile({ field, title, wide, children }: TileProps) {
  const heading = useId();
  const { name, definition } = about[field];
  return (
    <section className={wide ? "tile wide" : "tile"} aria-labelledby={heading}>
      <header>
        <h2 id={heading}>{title ?? name}</h2>
        <details className="meaning">
          <summary aria-label={`What "${title ?? name}" means`}>?</summary>
          <p>{definition}</p>
        </details>
      </header>
      {children}
    </section>
  );
}

/** A number that opens to the rows behind it. */
export function Opens({ number, children }: { number: NumberName; children: ReactNode }) {
  return (
    <button
      type="button"
      className="opens"
      title="Show the payments behind this number"
      onClick={() => go({ explain: number, after: null })}
    >
      {children}
    </button>
  );
}

/** Count and amount as the headline of a tile, the exact amount below. */
export function Headline({ value, number }: { value: Amount; number: NumberName }) {
  return (
    <div className="headline">
      <Opens number={number}>{shortRupees(value.amount_paise)}</Opens>
      <p>
        {payments(value.count)} · {rupees(value.amount_paise)}
      </p>
    </div>
  );
}

const ARROWS = { up: "▲", down: "▼", same: "=" } as const;

/** How it compares with the window before; a line of its height where nothing is compared. */
export function Compared({ change, better }: { change: Change | null; better: "up" | "down" }) {
  if (!change) return <p className="compared">&nbsp;</p>;
  const good = change.direction === "same" ? "" : change.direction === better ? "good" : "bad";
  return (
    <p className={`compared ${good}`}>
      <span aria-hidden="true">{ARROWS[change.direction]}</span> {change.text}{" "}
      {change.direction === "same" ? "as" : change.direction === "up" ? "more than" : "less than"}{" "}
      before
    </p>
  );
}

/** A name and its value on a line. */
export function Line({ name, children }: { name: ReactNode; children: ReactNode }) {
  return (
    <div className="line">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What may be wider than its tile: it scrolls by itself, by keys as well. */
export function Scrolls({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls it by keys
    <div className="scrolls" role="group" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}

/** Why there is nothing to show. */
export function Nothing({ children }: { children: ReactNode }) {
  return <p className="nothing">{children}</p>;
}
