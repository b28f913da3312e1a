// Postgres is stopped for half a minute and started again, under load: connections break, and new ones are refused.
import { testOutage } from './outage.ts';

testOutage((postgres) => ({
  name: 'Postgres stopped for 30 s',
  begin: () => postgres.stop(),
  end: () => postgres.start(),
}));
