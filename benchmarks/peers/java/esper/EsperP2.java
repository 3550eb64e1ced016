package bench;

import java.util.List;

/** Three failed logins or more in a row, and at once a login, within five minutes; past the last event. */
public final class EsperP2 extends EsperPeer {
    @Override
    protected String statement() {
        return """
            select * from Event match_recognize (
              partition by user
              measures f as f, l as l
              after match skip past last row
              pattern (f{3,} l)
              define f as f.type = 'login_failed',
                     l as l.type = 'login' and l.ts - f[0].ts < 300000)
            """;
    }

    @Override
    protected List<String> steps() {
        return List.of("f", "l");
    }
}
