import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type ApiError, ask, type Explanation } from "./api/client";
import { day, instant, payments, rupees, words } from "./format";
import { Over } from "./over";
import { Scrolls } from "./tile";
import { go, queryOf } from "./view";

/** The rows behind a number, over the page. */
export function Explain({ address, number }: { address: URLSearchParams; number: string }) {
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
  return (
    <Over
      title={words(number.replace(".", ": "))}
      error={answer.error}
      waiting={answer.isPending && "Adding up the rows…"}
      onClose={() => go({ explain: null, after: null })}
    >
      {answer.data && <Explained data={answer.data} />}
    </Over>
  );
}

function Explained({ data }: { data: Explanation }) {
  return (
    <>
      <p>{data.definition}</p>
      <p className={data.adds_up ? "adds good" : "adds bad"}>
        {payments(data.value.count)}, {rupees(data.value.amount_paise)}.{" "}
        {data.adds_up
          ? "The rows behind it, added up one by one, come to the same."
          : `The rows come to ${payments(data.value_of_rows.count)}, ${rupees(
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
                  <th scope="row">
                    <button
                      type="button"
                      className="opens"
                      title="Show what happened to it"
                      onClick={() => go({ transaction: row.transaction_id })}
                    >
                      {row.transaction_id}
                    </button>
                  </th>
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
