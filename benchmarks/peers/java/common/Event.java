package bench;

/** One event of the bench data; public fields for Flink's serializer, getters for Esper. */
public class Event {
    public long id;
    public long ts;
    public String user;
    public String type;
    public double amount;
    public String country;

    public Event() {}

    public long getId() { return id; }
    public long getTs() { return ts; }
    public String getUser() { return user; }
    public String getType() { return type; }
    public double getAmount() { return amount; }
    public String getCountry() { return country; }
}
