// Reads JSON bodies. Browsers' and Python's SDKs post an empty body with a JSON content type (api/reevit.md section 1):
// that, and no body at all, is `{}`.
import { isUtf8 } from 'node:buffer';
import { invalid } from '../kernel/problem.ts';
import type { App } from './app.ts';
import { isCardNumber } from './card-number.ts';

export const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\b/i;
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

export function takeJson(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser<Buffer>(JSON_TYPE, { parseAs: 'buffer' }, (request, bytes, done) => {
    let text: string;
    try {
      text = textOf(bytes);
      checkLongNumbers(text);
    } catch (error) {
      return done(error as Error);
    }
    return text.trim() === '' ? done(null, {}) : parse(request, text, done);
  });
  app.addHook('preValidation', async (request) => {
    if (request.body === undefined && WITH_BODY.has(request.method)) request.body = {};
  });
}

/** Read as UTF-8 all the same, what differs in bytes of other encodings would be one text, one reference, one payment. */
export function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw invalid('invalid_json', 'The body is not valid UTF-8');
  return bytes.toString();
}

/** A 16 to 19 digit number loses digits when it is parsed, and with them its check digit: look at it before. */
function checkLongNumbers(text: string): void {
  for (const [, digits = ''] of text.matchAll(/(?<=[:,[\s])(\d{16,19})(?=[\s,}\]])/g)) {
    if (!Number.isSafeInteger(Number(digits)) && isCardNumber(digits)) {
      const message = 'The body holds a card number. Send a token of the PSP instead';
      throw invalid('card_number_refused', message);
    }
  }
}
