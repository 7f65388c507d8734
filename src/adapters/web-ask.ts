import type { IncomingMessage, ServerResponse } from 'node:http'
import { answer } from './web-answer.js'

/** Answers one who shows no right token: a browser with a page that asks for it, a program with words. */
export function askForToken({ headers }: IncomingMessage, response: ServerResponse, why: string): void {
  const challenge = { 'www-authenticate': 'Bearer' }
  if (!(headers.accept ?? '').includes('text/html')) {
    answer(response, 401, 'text/plain', why, challenge)
    return
  }
  // A browser that follows a link of another site sends no strict cookie with it, but does when the page itself goes on.
  const again = headers['sec-fetch-site'] === 'cross-site' ? '<meta http-equiv="refresh" content="0; url=./">' : ''
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="dark light">${again}
<title>Saccade: token needed</title>
<main>
<h1>This run asks for its token</h1>
<p>It stands on the terminal where the run was started, or whoever started it knows it.</p>
<form action="./"><label>Token <input name="token" type="password" autocomplete="off" required autofocus></label> <button>Open</button></form>
</main>
`
  answer(response, 401, 'text/html; charset=utf-8', page, challenge)
}
