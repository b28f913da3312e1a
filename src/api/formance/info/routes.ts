// GET /_info: which server this is.
import type { App } from '../../app.ts';

/** The version of the original whose API this is (api/formance.md, sources). */
export const VERSION = 'v3.4.0';

export function infoRoutes(app: App): void {
  app.get('/_info', { schema: { summary: 'The version of the API' } }, () => ({
    version: VERSION,
    debug: false,
  }));
}
