// Asked before paying: what there is to pay out, and whose an account is. Nothing moves.
import { Type } from 'typebox';
import { askConnection } from '../../../flows/connection/ask.ts';
import type { Context } from '../../../flows/context.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { BeneficiaryBody, readBeneficiary } from './read-payout.ts';

const ConnectionId = Type.String({ minLength: 1, maxLength: 128 });

export function questionRoutes(app: App, context: Context): void {
  app.get(
    '/payouts/balance',
    {
      config: { scopes: ['payouts:read'] },
      schema: {
        summary: 'Ask the PSP what can be paid out',
        querystring: Type.Object({ connection_id: ConnectionId }),
      },
    },
    async (request) => {
      const { environment } = callerOf(request);
      const { connection_id: id } = request.query;
      const balances = await askConnection(context, environment, id, 'balances', (one, call) =>
        one.balances?.(call),
      );
      return {
        balances: balances.map(({ amountMinor, currency }) => ({
          currency,
          amount: Number(amountMinor),
        })),
      };
    },
  );

  app.post(
    '/payouts/resolve-account',
    {
      config: { scopes: ['payouts:read', 'payouts:write'] },
      schema: {
        summary: 'Ask the PSP whose account it is',
        body: Type.Object({ connection_id: ConnectionId, beneficiary: BeneficiaryBody }),
      },
    },
    async (request) => {
      const { environment } = callerOf(request);
      const { connection_id: id, beneficiary } = request.body;
      // Whose it is is what is asked: the name need not be right yet.
      const asked = readBeneficiary(beneficiary);
      const holder = await askConnection(
        context,
        environment,
        id,
        'whose accounts are',
        (one, call) => one.resolveAccount?.(asked, call),
      );
      return { account_name: holder.accountName, account_number: holder.accountNumber };
    },
  );
}
