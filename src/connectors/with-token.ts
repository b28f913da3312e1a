// Requests of PSPs that give access tokens. A token that is refused proves that nothing was done with it, so the request
// is sent once more with a new one, and never a third time.

export type TokenOr<Failure> = { readonly token: string } | { readonly failure: Failure };

export async function withToken<Answer>(
  obtain: (wish: { readonly refused?: string }) => Promise<TokenOr<Answer>>,
  send: (token: string) => Promise<Answer>,
  isTokenRefused: (answer: Answer) => boolean,
): Promise<Answer> {
  const first = await obtain({});
  if ('failure' in first) return first.failure;
  const answer = await send(first.token);
  if (!isTokenRefused(answer)) return answer;
  const second = await obtain({ refused: first.token });
  return 'failure' in second ? second.failure : send(second.token);
}
