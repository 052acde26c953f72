import type { Dashboard, NumberName } from "../api/client";
import { amountChange, count, rupees, shortRupees } from "../format";
import { Compared, Headline, Line, Opens, Tile } from "../tile";

type Class = keyof Dashboard["unsettled_classes"];
const CLASSES: [Class, string][] = [
  ["awaiting_reconciliation", "Awaiting reconciliation"],
  ["not_yet_due", "Not yet due"],
  ["due_today", "Due today"],
  ["overdue", "Overdue"],
  ["without_date", "Without a date"],
];

/** Tile 2. */
export function UnsettledTile({ data }: { data: Dashboard }) {
  const { previous, unsettled_classes: classes } = data;
  const change =
    previous && amountChange(data.unsettled.amount_paise, previous.unsettled.amount_paise);
  return (
    <Tile field="unsettled">
      <Headline value={data.unsettled} number="unsettled" />
      <Compared change={change} better="down" />
      <dl>
        {CLASSES.map(([name, text]) => {
          const value = classes[name];
          return (
            <Line key={name} name={text}>
              {value == null ? (
                "–"
              ) : (
                <Opens number={`unsettled.${name}` as NumberName}>
                  <span title={rupees(value.amount_paise)}>
                    {count(value.count)} · {shortRupees(value.amount_paise)}
                  </span>
                </Opens>
              )}
            </Line>
          );
        })}
        <Line name="On hold">
          {classes.on_hold == null ? "not known" : count(classes.on_hold.count)}
        </Line>
      </dl>
    </Tile>
  );
}
