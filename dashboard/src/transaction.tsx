import { useQuery } from "@tanstack/react-query";
import { type Transaction as Answer, type ApiError, ask, type Moment } from "./api/client";
import { day, fact, instant, rupees, words } from "./format";
import { Over } from "./over";
import { Line } from "./tile";
import { go } from "./view";

const REFRESH_MS = 5_000;

/** One payment and everything that happened to it, over the page. */
export function Transaction({ id }: { id: string }) {
  const answer = useQuery<Answer, ApiError>({
    queryKey: ["transaction", id],
    queryFn: ({ signal }) =>
      ask<Answer>(`/transactions/${encodeURIComponent(id)}`, new URLSearchParams(), signal),
    refetchInterval: REFRESH_MS,
  });
  return (
    <Over
      title={`Payment ${id}`}
      error={answer.error}
      waiting={answer.isPending && "Looking it up…"}
      onClose={() => go({ transaction: null })}
    >
      {answer.data && <Told data={answer.data} />}
    </Over>
  );
}

function Told({ data }: { data: Answer }) {
  const payment = data.transaction;
  return (
    <>
      <dl>
        <Line name="Status">
          {words(payment.status)}
          {payment.deleted_at && ", deleted in the core"}
        </Line>
        <Line name="Merchant">{payment.merchant_id}</Line>
        <Line name="Method, gateway">
          {words(payment.payment_method)}, {payment.gateway ?? "no answer yet"}
        </Line>
        <Line name="Amount">{rupees(payment.amount_paise)}</Line>
        <Line name="Fee, GST, reserve">
          {rupees(payment.fee_paise)}, {rupees(payment.gst_paise)},{" "}
          {rupees(payment.reserve_hold_paise)}
        </Line>
        <Line name="Net">{rupees(payment.net_paise)}</Line>
        <Line name="Expected payout">{day(payment.expected_settlement_date)}</Line>
        {data.batches.map((batch) => (
          <Line key={batch.batch_id} name={`Batch of ${day(batch.cycle_date)}`}>
            {words(batch.state)}, {batch.utr ? `UTR ${batch.utr}` : "no UTR yet"}
          </Line>
        ))}
      </dl>
      <h3>What happened</h3>
      <ol className="moments">
        {data.timeline.map((moment) => (
          <li key={`${moment.at} ${moment.source} ${moment.what} ${moment.lsn}`}>
            <Happened moment={moment} />
          </li>
        ))}
      </ol>
    </>
  );
}

function Happened({ moment }: { moment: Moment }) {
  return (
    <>
      <time dateTime={moment.at}>{instant(moment.at)} IST</time>
      {moment.source === "version" ? (
        <>
          <p>{moment.what === "first" ? "V2 knew it first as" : "Changed"}</p>
          <dl>
            {moment.changes.map((one) => (
              <Line key={one.field} name={words(one.field.replace(/_paise$/, ""))}>
                {one.before != null && `${fact(one.field, one.before)} → `}
                {fact(one.field, one.after)}
              </Line>
            ))}
          </dl>
          <p className="by">
            LSN {moment.lsn}, in V2 at {instant(moment.loaded_at)} IST
          </p>
        </>
      ) : moment.source === "step" ? (
        <p>
          Batch: {words(moment.what)} <span className="by">by {moment.actor}</span>
        </p>
      ) : (
        <p>
          Told as {moment.what} <span className="by">{moment.event_id}</span>
        </p>
      )}
    </>
  );
}
