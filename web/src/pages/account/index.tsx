/** One's own account: who one is, the password, other devices, tokens for scripts. */
import { Button, PasswordInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";

import { putPassword } from "@/api";
import { useConfirm } from "@/parts/Confirm";
import { ErrorSays } from "@/parts/ErrorSays";
import { PageHead } from "@/parts/PageHead";
import { say } from "@/parts/say";
import { signOut } from "@/parts/Shell";
import { SHORTEST_PASSWORD, wrongWith } from "@/pages/sign-in/credentials";
import { sessions } from "@/service/session";
import { useUser } from "@/service/use-session";
import { account, shared, signIn } from "@/strings";

import css from "./account.module.css";
import { Tokens } from "./Tokens";

export function AccountPage(): ReactNode {
  return (
    <>
      <PageHead title={account.title} />
      <div className={css.page}>
        <You />
        <Tokens />
        <Password />
        <Devices />
      </div>
    </>
  );
}

function You(): ReactNode {
  const user = useUser();
  return (
    <section className={`card ${css.box}`}>
      <h2>{account.you}</h2>
      <dl className={css.facts}>
        <dt>{account.login}</dt>
        <dd>
          <bdi>{user.login}</bdi>
        </dd>
        {user.name !== "" && (
          <>
            <dt>{account.name}</dt>
            <dd>
              <bdi>{user.name}</bdi>
            </dd>
          </>
        )}
        <dt>{account.role}</dt>
        <dd>
          {shared.roles[user.role]} <span className="soft">– {account.roleSays[user.role]}</span>
        </dd>
      </dl>
    </section>
  );
}

function Password(): ReactNode {
  const user = useUser();
  const [typed, setTyped] = useState({ current: "", fresh: "" });
  const [tried, setTried] = useState(false);
  const wrong = wrongWith({ login: user.login, password: typed.fresh }, true).password;
  const missing = typed.current === "" ? account.currentNeeded : undefined;
  const send = useMutation({
    mutationFn: async () =>
      (await putPassword({ body: { current: typed.current, new: typed.fresh } })).data,
    onSuccess: (signed) => {
      sessions.enter(signed);
      setTyped({ current: "", fresh: "" });
      setTried(false);
      say(account.changed);
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (missing === undefined && wrong === undefined) send.mutate();
  };
  return (
    <section className={`card ${css.box}`}>
      <h2>{account.password}</h2>
      <p>{account.passwordSays}</p>
      <form className={css.form} onSubmit={submit} noValidate>
        <input
          type="text"
          name="username"
          autoComplete="username"
          value={user.login}
          readOnly
          hidden
        />
        <PasswordInput
          label={account.current}
          autoComplete="current-password"
          maxLength={1000}
          value={typed.current}
          error={tried ? missing : undefined}
          onChange={(event) => setTyped({ ...typed, current: event.currentTarget.value })}
          visibilityToggleButtonProps={{ "aria-label": signIn.show, tabIndex: 0 }}
        />
        <PasswordInput
          label={account.fresh}
          description={signIn.newPasswordSays(SHORTEST_PASSWORD)}
          autoComplete="new-password"
          maxLength={1000}
          value={typed.fresh}
          error={tried ? wrong : undefined}
          onChange={(event) => setTyped({ ...typed, fresh: event.currentTarget.value })}
          visibilityToggleButtonProps={{ "aria-label": signIn.show, tabIndex: 0 }}
        />
        {send.isError && <ErrorSays error={send.error} />}
        <div>
          <Button type="submit" variant="default" loading={send.isPending}>
            {account.change}
          </Button>
        </div>
      </form>
    </section>
  );
}

function Devices(): ReactNode {
  const confirm = useConfirm();
  const ask = (): void =>
    confirm({
      title: account.everywhereTitle,
      says: account.everywhereSays,
      act: account.everywhereAct,
      cancel: account.stay,
      run: () => signOut(true),
    });
  return (
    <section className={`card ${css.box}`}>
      <h2>{account.devices}</h2>
      <p>{account.devicesSays}</p>
      <div className={css.act}>
        <Button variant="default" onClick={ask}>
          {account.everywhere}
        </Button>
      </div>
    </section>
  );
}
