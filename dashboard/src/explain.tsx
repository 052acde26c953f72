import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import "./explain.css";
import { type ApiError, ask, type Explanation } from "./api/client";
import { count, day, instant, rupees, words } from "./format";
import { Scrolls } from "./tile";
import { go, queryOf } from "./view";

/** The rows behind a number, over the page. The browser's own dialog keeps the focus inside. */
export function Explain({ address, number }: { address: URLSearchParams; number: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const query = queryOf(address, new Date());
  query.delete("compare");
  query.set("number", number);
  const after = address.get("after");
  if (after) query.set("after", after);
  const answer = useQuery<Explanation, ApiError>({
    queryKey: ["explain", query.toString()],
    queryFn: ({ signal }) => ask<Explanation>("/analytics/explain", query, signal),
    placeholderData: keepPreviousData,
  });
  useEffect(() => dialog.current?.showModal(), []);
  const data = answer.data;
  return (
    <dialog
      ref={dialog}
      className="explain"
      aria-labelledby="explained"
      onClose={() => go({ explain: null, after: null })}
    >
      <header>
        <h2 id="explained">{words(number.replace(".", ": "))}</h2>
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </header>
      {answer.error && (
        <p role="alert" className="problem">
          <strong>{answer.error.message}.</strong> {answer.error.detail}
        </p>
      )}
      {answer.isPending && <p className="nothing">Adding up the rows…</p>}
      {data && <Explained data={data} />}
    </dialog>
  );
}

function Explained({ data }: { data: Explanation }) {
  return (
    <>
      <p>{data.definition}</p>
      <p className={data.adds_up ? "adds good" : "adds bad"}>
        {count(data.value.count)} payments, {rupees(data.value.amount_paise)}.{" "}
        {data.adds_up
          ? "The rows behind it, added up one by one, come to the same."
          : `The rows come to ${count(data.value_of_rows.count)} payments, ${rupees(
              data.value_of_rows.amount_paise,
            )}: please report this.`}
      </p>
      <p className="compared">
        as of {instant(data.as_of)} IST · read from {data.assets.join(", ")}
      </p>
      {data.rows.length === 0 ? (
        <p className="nothing">No payment stands behind it.</p>
      ) : (
        <Scrolls label="Payments">
          <table>
            <thead>
              <tr>
                <th scope="col">Transaction</th>
                <th scope="col">Merchant</th>
                <th scope="col">Date</th>
                <th scope="col">Method</th>
                <th scope="col">Status</th>
                <th scope="col">Amount</th>
                <th scope="col">Net</th>
                <th scope="col">Expected</th>
                <th scope="col">Reason</th>
              </tr>
            </thead>
            <tbody>
              {data.rows.map((row) => (
                <tr key={row.transaction_id}>
                  <th scope="row">{row.transaction_id}</th>
                  <td>{row.merchant_id}</td>
                  <td>{day(row.transaction_date)}</td>
                  <td>{words(row.payment_method)}</td>
                  <td>{words(row.status)}</td>
                  <td>{rupees(row.amount_paise)}</td>
                  <td>{rupees(row.net_paise)}</td>
                  <td>{day(row.expected_settlement_date)}</td>
                  <td>{row.failure_code ? words(row.failure_code) : "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolls>
      )}
      <footer>
        {data.next_after != null && (
          <button type="button" onClick={() => go({ after: data.next_after })}>
            Next rows
          </button>
        )}
        <details>
          <summary>The SQL that read it</summary>
          <pre>{data.sql}</pre>
        </details>
      </footer>
    </>
  );
}
