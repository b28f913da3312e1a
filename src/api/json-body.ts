// Reads JSON bodies. Browsers' and Python's SDKs post an empty body with a JSON content type (api/reevit.md section 1):
// that, and no body at all, is `{}`.
import { isUtf8 } from 'node:buffer';
import { invalid } from '../kernel/problem.ts';
import type { App } from './app.ts';
import { isCardNumber } from './card-number.ts';

const WITH_BODY = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

export function takeJson(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser<Buffer>(
    /^application\/(?:[\w.+-]+\+)?json\b/i,
    { parseAs: 'buffer' },
    (request, bytes, done) => {
      const text = bytes.toString();
      if (text.trim() === '') return done(null, {});
      try {
        // Read as UTF-8 all the same, what differs in bytes of other encodings would be one text, under one key.
        if (!isUtf8(bytes)) throw invalid('invalid_json', 'The body is not valid UTF-8');
        checkLongNumbers(text);
      } catch (error) {
        return done(error as Error);
      }
      return parse(request, text, done);
    },
  );
  app.addHook('preValidation', async (request) => {
    if (request.body === undefined && WITH_BODY.has(request.method)) request.body = {};
  });
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
