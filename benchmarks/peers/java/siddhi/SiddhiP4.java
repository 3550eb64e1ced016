package bench;

/** A changed password, no login, then a large transfer, within thirty minutes; every match. */
public final class SiddhiP4 extends SiddhiPeer {
    @Override
    protected String query() {
        return """
            from every p=Event[type == 'pwd_change']
              -> not Event[type == 'login'] and t=Event[type == 'transfer' and amount > 1000]
              within 1799999 milliseconds
            select p.id as p, t.id as t, t.ts as last
            insert into Found;
            """;
    }
}
