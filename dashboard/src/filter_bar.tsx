import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type ApiError, ask, type Merchants } from "./api/client";
import { fromLocalInput, toLocalInput, words } from "./format";
import { DEFAULT_DAYS, FILTERS, go, SPANS } from "./view";

const SOURCES = ["SABPAISA_STREAM", "MANUAL_UPLOAD"];
const LABELS = { merchant_id: "Merchant", payment_method: "Method", gateway: "Gateway" };
const several = (text: string) =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);

const SUGGESTED = "8";

/** Merchants that fit what is being typed: the last of several. */
function Suggestions({ id, typed }: { id: string; typed: string }) {
  const search = several(typed).at(-1) ?? "";
  const before = several(typed).slice(0, -1);
  const answer = useQuery<Merchants, ApiError>({
    queryKey: ["merchants", search],
    queryFn: ({ signal }) =>
      ask<Merchants>("/merchants", new URLSearchParams({ search, limit: SUGGESTED }), signal),
    enabled: search !== "",
    staleTime: 60_000,
  });
  return (
    <datalist id={id}>
      {answer.data?.merchants.map((one) => (
        <option key={one.merchant_id} value={[...before, one.merchant_id].join(", ")}>
          {one.merchant_name}
        </option>
      ))}
    </datalist>
  );
}

/** What is looked at. Enter or leaving a field applies it. */
export function FilterBar({ address }: { address: URLSearchParams }) {
  const [typed, setTyped] = useState("");
  const asOf = address.get("as_of");
  const dated = address.has("from_date") || address.has("to_date");
  const days = dated ? 0 : Number(address.get("days") ?? DEFAULT_DAYS);
  return (
    <search className="filters" aria-label="Filters">
      <fieldset className="spans">
        <legend className="hidden">Window</legend>
        {SPANS.map(([name, length]) => (
          <button
            key={name}
            type="button"
            aria-pressed={days === length}
            onClick={() => go({ days: String(length), from_date: null, to_date: null })}
          >
            {name}
          </button>
        ))}
      </fieldset>
      {FILTERS.map((name) => (
        <label key={name}>
          {LABELS[name]}
          <input
            key={address.getAll(name).join()}
            name={name}
            placeholder="all"
            list={name === "merchant_id" ? "merchants" : undefined}
            onInput={(event) => name === "merchant_id" && setTyped(event.currentTarget.value)}
            title="Several are parted by commas"
            defaultValue={address.getAll(name).join(", ")}
            onBlur={(event) => {
              if (event.target.value !== address.getAll(name).join(", "))
                go({ [name]: several(event.target.value) });
            }}
            onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
          />
        </label>
      ))}
      <Suggestions id="merchants" typed={typed} />
      <label>
        Source
        <select
          value={address.get("source_type") ?? ""}
          onChange={(event) => go({ source_type: event.target.value })}
        >
          <option value="">all</option>
          {SOURCES.map((name) => (
            <option key={name} value={name}>
              {words(name)}
            </option>
          ))}
        </select>
      </label>
      <label>
        As of (IST)
        <input
          key={asOf}
          type="datetime-local"
          step={1}
          defaultValue={asOf ? toLocalInput(asOf) : ""}
          onBlur={(event) => {
            const at = event.target.value ? fromLocalInput(event.target.value) : null;
            if (at !== asOf) go({ as_of: at });
          }}
          onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
        />
      </label>
      <label className="tick">
        <input
          type="checkbox"
          checked={address.get("compare") === "previous"}
          onChange={(event) => go({ compare: event.target.checked ? "previous" : null })}
        />
        Compare with before
      </label>
    </search>
  );
}
