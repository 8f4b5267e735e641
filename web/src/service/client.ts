/** The generated client, told how to sign its requests and what to throw. */
import { client } from "@/api/client.gen";

import { errorOf, NO_ANSWER, problemOf } from "./problem";
import { sessions } from "./session";

/** Requests that are made by nobody in particular. */
const OPEN = /^\/api\/(instance|setup|auth\/(login|register|code|refresh))$/;

/**
 * `fetch` with the access token. One that is refused is renewed once and the request sent again; when the
 * sign-in is over, the 401 is the answer, and the session says so to whoever watches it.
 */
export async function signedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  if (OPEN.test(new URL(request.url).pathname)) return fetch(request);
  const again = request.clone();
  const token = await sessions.access();
  const answer = await fetch(withToken(request, token));
  if (answer.status !== 401 || token === null) {
    if (answer.status === 401) sessions.leave("ended");
    return answer;
  }
  const fresh = await sessions.refresh(token);
  return fresh === null ? answer : fetch(withToken(again, fresh));
}

function withToken(request: Request, token: string | null): Request {
  if (token !== null) request.headers.set("Authorization", `Bearer ${token}`);
  return request;
}

export function configureClient(): void {
  client.setConfig({ baseUrl: window.location.origin, fetch: signedFetch as typeof fetch });
  client.interceptors.error.use((error, response) =>
    response === undefined ? problemOf(error) : errorOf(error, response.status || NO_ANSWER),
  );
}
