// GET /_info, and GET /versions beside the API: which server this is.
import type { App, Surface } from '../../app.ts';
import { formanceEnvelope } from '../envelope.ts';

/** The version of the original whose API this is (api/formance.md, sources). */
const VERSION = 'v3.4.0';

export function infoRoutes(app: App): void {
  app.get('/_info', { schema: { summary: 'The version of the API' } }, () => ({
    version: VERSION,
    debug: false,
  }));
}

/** Of the gateway that stands before Formance's modules: clients ask it which of them there are. */
export const versionsSurface: Surface = {
  name: 'versions',
  prefix: '/versions',
  title: null,
  envelope: formanceEnvelope,
  guardsBodies: true,
  routes: (app) => {
    app.get('/', () => ({
      region: '',
      env: '',
      versions: [{ name: 'payments', version: VERSION, health: true }],
    }));
  },
};
