// Postgres hangs for half a minute under load: its connections stay, new ones are taken, and nothing is answered. Nobody
// but the client's own patience tells.
import { testOutage } from './outage.ts';

testOutage((postgres) => ({
  name: 'Postgres frozen for 30 s',
  begin: () => postgres.freeze(),
  end: () => postgres.thaw(),
}));
