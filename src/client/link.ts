/** The socket, as far as it got. Times are the client's clock. */
export type Link =
  | { readonly is: 'connecting'; readonly attempt: number }
  | { readonly is: 'open'; readonly sinceMs: number }
  | { readonly is: 'waiting'; readonly attempt: number; readonly retryAtMs: number; readonly reason: string }
