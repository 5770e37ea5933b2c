// Observed conditions of each account and each provider: one document per name, changed as a whole.

export function fourth(): readonly string[] {
  return ['create table conditions (kind text not null, name text not null, state text not null, primary key (kind, name))'];
}
