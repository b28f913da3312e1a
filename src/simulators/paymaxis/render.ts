// Payments as Paymaxis shows them: in the envelope of the API, and bare in notifications (sections 2.1 and 4).
import type { Payment, Step } from './payments.ts';
import { timestamp, wireAmount } from './wire.ts';

/** `redirectUrl` only while there is something for the payer to do. */
export function renderPayment(payment: Payment, pageUrl: string): object {
  return {
    ...core(payment),
    ...(payment.state === 'CHECKOUT' ? { redirectUrl: pageUrl } : {}),
  };
}

export function renderNotification(payment: Payment): object {
  return { ...core(payment), internalState: payment.state };
}

function core(payment: Payment): object {
  const { id, paymentType, state, amountMinor, currency, customerCurrency } = payment;
  const converted = customerCurrency !== null && {
    customerAmount: wireAmount(payment.customerAmountMinor!, customerCurrency),
    customerCurrency,
  };
  return known({
    id,
    created: timestamp(payment.createdMs),
    paymentType,
    state,
    referenceId: payment.referenceId,
    parentPaymentId: payment.parentPaymentId,
    description: payment.description,
    paymentMethod: payment.paymentMethod,
    amount: wireAmount(amountMinor, currency),
    currency,
    ...converted,
    errorCode: payment.errorCode,
    externalResultCode: payment.externalResultCode,
    customer: payment.customer,
    billingAddress: payment.billingAddress,
    terminalName: 'Simulator',
  });
}

/** What is not known is left out. */
function known(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

export function renderStep({ id, operation, paymentState, atMs }: Step): object {
  const at = timestamp(atMs);
  return {
    id: String(id),
    operation,
    paymentState,
    started: at,
    completed: at,
    incomingMessages: [],
    outgoingMessages: [],
  };
}
