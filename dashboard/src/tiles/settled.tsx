import type { Dashboard } from "../api/client";
import { amountChange, instant, rupees } from "../format";
import { Compared, Headline, Line, Tile } from "../tile";

/** Tile 1. */
export function SettledTile({ data }: { data: Dashboard }) {
  const { previous, last_payout: payout } = data;
  const change = previous && amountChange(data.settled.amount_paise, previous.settled.amount_paise);
  return (
    <Tile field="settled">
      <Headline value={data.settled} number="settled" />
      <Compared change={change} better="up" />
      <dl>
        <Line name="Net to merchants">{rupees(data.settled_net_paise)}</Line>
        <Line name="Last payout">{payout ? rupees(payout.amount_paise) : "none yet"}</Line>
        <Line name="UTR">{payout?.utr ?? "–"}</Line>
        <Line name="Credited">{instant(payout?.credited_at)}</Line>
      </dl>
    </Tile>
  );
}
