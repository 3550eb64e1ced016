package bench;

/** A purchase, then one of three times its amount from another country, within ten minutes; every match. */
public final class SiddhiP3n extends SiddhiPeer {
    @Override
    protected String query() {
        return """
            from every a=Event[type == 'purchase']
              -> b=Event[type == 'purchase' and amount > 3 * a.amount and country != a.country]
              within 599999 milliseconds
            select a.id as a, b.id as b, b.ts as last
            insert into Found;
            """;
    }
}
