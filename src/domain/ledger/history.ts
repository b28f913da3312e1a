/** What a PSP's own history is read in. Refunds are read after the payments that they are of. */
export type HistoryKind = 'payments' | 'refunds';
