package bench;

/**
 * Three failed logins or more in a row, and at once a login, within five minutes. `&lt;3:>` in a sequence finds nothing
 * here, so that the number is part of the last condition; events of a loop can only be selected one by one.
 */
public final class SiddhiP2 extends SiddhiPeer {
    private static final int LONGEST = 30;

    @Override
    protected String query() {
        StringBuilder elements = new StringBuilder();
        for (int i = 0; i < LONGEST; i++) {
            elements.append("f[%d].id as f%d, ".formatted(i, i));
        }
        return """
            from every f=Event[type == 'login_failed']+, l=Event[type == 'login' and not (f[2].id is null)]
              within 299999 milliseconds
            select %s l.id as l, l.ts as last
            insert into Found;
            """
                .formatted(elements);
    }
}
