package bench;

/** A small purchase, then a big one, within ten minutes; every match. */
public final class SiddhiP1 extends SiddhiPeer {
    @Override
    protected String query() {
        return """
            from every a=Event[type == 'purchase' and amount < 5]
              -> b=Event[type == 'purchase' and amount > 500]
              within 599999 milliseconds
            select a.id as a, b.id as b, b.ts as last
            insert into Found;
            """;
    }
}
