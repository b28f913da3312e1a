import { describe, expect, it } from 'vitest';
import {
  type DeclineCode,
  declineClassOf,
  declines,
  type Fallback,
  fallbackOf,
  hardness,
} from './decline.ts';

/** psp/common.md section 3, column "fall back to another connection". */
const permitted: Record<DeclineCode, Fallback> = {
  insufficient_funds: 'never',
  do_not_honor: 'once',
  generic_decline: 'once',
  expired_card: 'never',
  incorrect_number: 'never',
  incorrect_cvc: 'never',
  incorrect_pin: 'never',
  fraud_suspected: 'never',
  restricted_card: 'never',
  transaction_not_permitted: 'never',
  authentication_required: 'never',
  authentication_failed: 'never',
  invalid_phone: 'never',
  invalid_account: 'never',
  user_cancelled: 'never',
  payer_timeout: 'never',
  payer_busy: 'never',
  limit_exceeded: 'never',
  psp_limit_exceeded: 'yes',
  amount_too_small: 'yes',
  amount_too_large: 'yes',
  merchant_config: 'yes',
  auth_failed: 'yes',
  merchant_balance_insufficient: 'never',
  rate_limited: 'yes',
  provider_unavailable: 'yes',
  invalid_request: 'never',
  canceled: 'never',
  not_executed: 'never',
};

const codes = Object.keys(declines) as DeclineCode[];

describe('a decline', () => {
  it.each(codes)('%s permits what the table says', (code) => {
    expect(fallbackOf({ code, pspCode: null, message: '' })).toBe(permitted[code]);
  });

  it('is soft exactly when another connection may be tried', () => {
    for (const code of codes) {
      const soft = hardness({ code, pspCode: null, message: '' }) === 'soft';
      expect(soft, code).toBe(permitted[code] !== 'never');
    }
  });

  it('may be overridden by the PSP itself, both ways', () => {
    const told = (code: DeclineCode, fallbackOverride: Fallback) =>
      fallbackOf({ code, pspCode: null, message: '', fallbackOverride });
    expect(told('do_not_honor', 'never')).toBe('never');
    expect(told('restricted_card', 'once')).toBe('once');
  });

  it('counts against the PSP only where the PSP is the cause', () => {
    const faults = codes.filter((code) => declines[code].pspFault);
    expect(faults.sort()).toEqual([
      'auth_failed',
      'merchant_config',
      'not_executed',
      'provider_unavailable',
      'rate_limited',
    ]);
  });

  it('belongs to one class', () => {
    expect(declineClassOf('payer_timeout')).toBe('customer_action_required');
    expect(declineClassOf('fraud_suspected')).toBe('fraud_block');
  });
});
