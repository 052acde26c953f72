// The newest answer: told by the API as it moves, or asked for once where it stands still.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ApiError, ask, type Dashboard } from "./api/client";

const REOPEN_MS = 3_000;
const COMPARE_AGAIN_MS = 60_000;
const PATH = "/analytics/dashboard";

export type Answered = {
  data: Dashboard | undefined;
  error: ApiError | null;
  /** When the page got it, by the page's clock. */
  receivedAt: number;
  /** It answers another question, or there is none yet. */
  waiting: boolean;
};
type Told = { question: string; data?: Dashboard; error: ApiError | null; receivedAt: number };

const lost = () => new ApiError("The API gives no answer", "It is asked again by itself.", null);

/** What a stream of one question tells, until it is stopped. */
function listen(question: string, tell: (told: Told) => void): () => void {
  const stopped = new AbortController();
  let data: Dashboard | undefined;
  let receivedAt = 0;
  let again: number | undefined;
  let stream: EventSource;

  const say = (error: ApiError | null) =>
    !stopped.signal.aborted && tell({ question, data, error, receivedAt });
  const got = (fields: Dashboard) => {
    data = { ...data, ...fields };
    receivedAt = Date.now();
    say(null);
  };
  const open = () => {
    stream = new EventSource(`/analytics/live?${question}`);
    stream.addEventListener("dashboard", (event) => got(JSON.parse(event.data)));
    stream.addEventListener("delta", (event) => got(JSON.parse(event.data)));
    stream.addEventListener("problem", (event) => {
      const problem = JSON.parse(event.data);
      say(new ApiError(problem.title, problem.detail, problem.status));
    });
    stream.onerror = () => {
      if (stream.readyState !== EventSource.CLOSED) {
        say(lost()); // it comes back by itself, and says how far it had come
        return;
      }
      // Refused. A stream does not say why: the answer to the same question does.
      ask<Dashboard>(PATH, new URLSearchParams(question), stopped.signal).then(
        got,
        (error) => error instanceof ApiError && say(error),
      );
      again = setTimeout(open, REOPEN_MS);
    };
  };
  open();
  return () => {
    stopped.abort();
    clearTimeout(again);
    stream.close();
  };
}

/** The answer of now to a question, kept up to date. Null asks nothing. */
function useLive(question: string | null): Answered {
  const [told, setTold] = useState<Told | null>(null);
  useEffect(() => (question == null ? undefined : listen(question, setTold)), [question]);
  const mine = told?.question === question;
  return {
    data: told?.data,
    error: mine ? told.error : null,
    receivedAt: told?.receivedAt ?? 0,
    waiting: !mine || told.data === undefined,
  };
}

/** The answer to a question of now or of a past instant. */
export function useDashboard(query: URLSearchParams): Answered {
  const past = query.has("as_of");
  const compared = query.has("compare");
  const ofNow = new URLSearchParams(query);
  ofNow.delete("compare");
  const live = useLive(past ? null : ofNow.toString());
  // The past stands still, and the window before moves slowly.
  const asked = useQuery<Dashboard, ApiError>({
    queryKey: [PATH, query.toString()],
    queryFn: ({ signal }) => ask<Dashboard>(PATH, query, signal),
    enabled: past || compared,
    refetchInterval: past ? false : COMPARE_AGAIN_MS,
    placeholderData: keepPreviousData,
  });
  if (past) {
    return {
      data: asked.data,
      error: asked.error,
      receivedAt: asked.dataUpdatedAt,
      waiting: asked.isPending || asked.isPlaceholderData,
    };
  }
  const previous = compared && !asked.isPlaceholderData ? asked.data?.previous : null;
  return {
    ...live,
    data: live.data && { ...live.data, previous: previous ?? null },
    error: live.error ?? (compared ? asked.error : null),
  };
}
